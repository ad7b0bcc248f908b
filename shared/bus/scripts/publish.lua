#!lua
-- Store one message of a source, or say why not. Refused by the server itself where memory is out.
-- KEYS frames, source, progress, stats, events
-- ARGV camera, run, seq, pts, data, picture, position, ends, window, retention ms, retention bytes, retention ms
--      of events, 1 where a report follows, the report, a number and so many events (camera, run, seq, pts, data),
--      then counts (field, increment)
local camera, run, seq = ARGV[1], ARGV[2], tonumber(ARGV[3])
local stands = redis.call(
  'HMGET', KEYS[2], camera .. ':run', camera .. ':seq', camera .. ':ended', 'bytes')
if (stands[1] or '0') ~= run or tonumber(stands[2] or '-1') ~= seq - 1 or stands[3] ~= '0' then
  return 'stale'
end
local through = redis.call('HMGET', KEYS[3], camera .. ':seq', 'frame')
if seq - tonumber(through[1] or '-1') > tonumber(ARGV[9]) then return 'window' end

local finished = through[2]
trim_finished(KEYS[1], finished, tonumber(ARGV[10]))

local function memory_full()
  local info = redis.call('INFO', 'memory')
  local limit = tonumber(string.match(info, '\nmaxmemory:(%d+)'))
  return limit > 0 and tonumber(string.match(info, '\nused_memory:(%d+)')) >= 0.8 * limit
end
if memory_full() then
  if finished then redis.call('XTRIM', KEYS[1], 'MINID', behind(finished)) end
  if memory_full() then return 'memory' end
end

-- Each entry of ours carries in `o` the bytes published before it, so what is held is a difference of two numbers.
-- What others put there is passed over: it has no size, and at the head of an idle stream nothing would trim it.
local function oldest_of_ours()
  local entry = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  while entry do
    for i = 1, #entry[2], 2 do
      local offset = entry[2][i] == 'o' and tonumber(entry[2][i + 1])
      if offset then return entry[1], offset end
    end
    entry = redis.call('XRANGE', KEYS[1], behind(entry[1]), '+', 'COUNT', 1)[1]
  end
end

local before = tonumber(stands[4] or '0')
local size = #ARGV[5] + #ARGV[6]
while true do
  local oldest, offset = oldest_of_ours()
  if not oldest or before + size - offset <= tonumber(ARGV[11]) then break end
  if not finished or later(oldest, finished) then return 'bytes' end
  redis.call('XTRIM', KEYS[1], 'MINID', behind(oldest))
end

redis.call('XADD', KEYS[1], '*', 'c', camera, 'r', run, 's', ARGV[3], 'p', ARGV[4], 'm', ARGV[5],
  'b', ARGV[6], 'o', whole(before))
redis.call('HSET', KEYS[2], camera .. ':seq', ARGV[3], camera .. ':position', ARGV[7],
  camera .. ':ended', ARGV[8], 'bytes', whole(before + size))
if ARGV[13] == '1' then redis.call('HSET', KEYS[2], camera .. ':report', ARGV[14]) end
local counted = tell(KEYS[5], 15, tonumber(ARGV[12]))
for i = counted, #ARGV, 2 do redis.call('HINCRBY', KEYS[4], ARGV[i], ARGV[i + 1]) end
return 'done'
