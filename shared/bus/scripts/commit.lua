#!lua flags=allow-oom
-- A stage's step: outputs, checkpoints, dead letters, progress and counts move with the cursor, or nothing does.
-- KEYS input, output, cursors, state, tried, dead, progress, stats, frames
-- ARGV stage, expected, cursor, entries read, frame retention ms, retention ms of dead letters, that of the
--      output where it is kept by age, else '', and then how many entries at most (0: all), then per kind a
--      number n and n groups: outputs (camera, run, seq, pts, data), kept checkpoints (name, bytes), forgotten
--      checkpoints (name), dead letters (fields of one entry: a number of strings, then these), finished
--      (camera, run, seq, frame id), counts (field, increment), other readers of the input (stage, how many
--      entries it may stand behind us; '': it is waited for)
local stage, expected, cursor = ARGV[1], ARGV[2], ARGV[3]
local stands = redis.call('HMGET', KEYS[3], stage, stage .. ':n')
if (stands[1] or '0-0') ~= expected then return 0 end
if not later(cursor, expected) then return 0 end

-- The batch must be what follows `expected` now, without a gap: a server that went back may hold other entries
-- than were read, or some that had been trimmed by the time they were read.
local size = tonumber(ARGV[4]) - tonumber(stands[2] or '0')
if size < 1 then return -1 end
local batch = redis.call('XRANGE', KEYS[1], '(' .. expected, cursor, 'COUNT', size + 1)
if #batch ~= size or batch[size][1] ~= cursor then return -1 end
batch = nil

local at = 8
local function take()
  at = at + 1
  return ARGV[at]
end

for _ = 1, tonumber(take()) do
  redis.call('XADD', KEYS[2], '*', 'c', take(), 'r', take(), 's', take(), 'p', take(), 'm', take())
end
for _ = 1, tonumber(take()) do redis.call('HSET', KEYS[4], take(), take()) end
for _ = 1, tonumber(take()) do redis.call('HDEL', KEYS[4], take()) end

local letters = tonumber(take())
for _ = 1, letters do
  local fields = {}
  for i = 1, tonumber(take()) do fields[i] = take() end
  redis.call('XADD', KEYS[6], '*', unpack(fields))
end

local finished = tonumber(take())
local last = redis.call('HGET', KEYS[7], 'frame')
for _ = 1, finished do
  local camera, run, seq, frame = take(), take(), take(), take()
  redis.call('HSET', KEYS[7], camera .. ':run', run, camera .. ':seq', seq)
  if frame ~= '' and (not last or later(frame, last)) then last = frame end
end
if finished > 0 and last then redis.call('HSET', KEYS[7], 'frame', last) end

for _ = 1, tonumber(take()) do redis.call('HINCRBY', KEYS[8], take(), take()) end

redis.call('HSET', KEYS[3], stage, cursor, stage .. ':n', ARGV[4], stage .. ':d', 1)
for _, id in ipairs(redis.call('HKEYS', KEYS[5])) do
  if not later(id, cursor) then redis.call('HDEL', KEYS[5], id) end
end

-- The mirror that XINFO, KEDA and every Redis tool read the lag from.
local mirrored = redis.pcall('XGROUP', 'SETID', KEYS[1], stage, cursor, 'ENTRIESREAD', ARGV[4])
if mirrored.err then
  redis.call('XGROUP', 'CREATE', KEYS[1], stage, cursor, 'ENTRIESREAD', ARGV[4])
end

-- A reader beside the chain that stands too far behind loses its oldest entries: a step of its position, counted.
local function caught_up(reader, stood, read, most)
  local surplus = tonumber(ARGV[4]) - read - most
  if surplus < 1 then return stood end
  local lost = redis.call('XRANGE', KEYS[1], '(' .. stood, cursor, 'COUNT', surplus)
  if #lost == 0 then return stood end
  local reached, count = lost[#lost][1], whole(read + #lost)
  redis.call('HSET', KEYS[3], reader, reached, reader .. ':n', count, reader .. ':d', 0)
  redis.pcall('XGROUP', 'SETID', KEYS[1], reader, reached, 'ENTRIESREAD', count)
  redis.call('HINCRBY', KEYS[8], reader .. ':dropped', #lost)
  return reached
end

-- Frames are needed by later stages and by clips; every other input ends with the last of its readers.
local edge = cursor
for _ = 1, tonumber(take()) do
  local reader, most = take(), take()
  local place = redis.call('HMGET', KEYS[3], reader, reader .. ':n')
  local stands = place[1]
  if most == '' then
    stands = stands or '0-0'
  elseif stands then
    stands = caught_up(reader, stands, tonumber(place[2] or '0'), tonumber(most))
  end
  if stands and later(edge, stands) then edge = stands end
end
if KEYS[1] ~= KEYS[9] then redis.call('XTRIM', KEYS[1], 'MINID', edge) end
if finished > 0 then trim_finished(KEYS[9], last, tonumber(ARGV[5])) end
if letters > 0 then expire(KEYS[6], tonumber(ARGV[6])) end
if ARGV[7] ~= '' then expire(KEYS[2], tonumber(ARGV[7])) end
if ARGV[8] ~= '0' then redis.call('XTRIM', KEYS[2], 'MAXLEN', '~', ARGV[8]) end
return 1
