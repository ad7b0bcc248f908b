#!lua flags=allow-oom
-- Append a partition's entries to the one stream of subscribers, and move that partition's cursor with them.
-- Not where the server went back behind what was read: those entries will be made again, and forwarded then.
-- KEYS subscribers' stream, cursors, the partition's stream
-- ARGV partition, expected, cursor, retention ms, how many entries at most (0: all), number of entries, then per
--      entry a number of strings, then these
if (redis.call('HGET', KEYS[2], ARGV[1]) or '0-0') ~= ARGV[2] then return 0 end
if #redis.call('XRANGE', KEYS[3], ARGV[3], ARGV[3]) == 0 then return 0 end
local at = 6
for _ = 1, tonumber(ARGV[6]) do
  local fields = {}
  for i = 1, tonumber(ARGV[at + 1]) do fields[i] = ARGV[at + 1 + i] end
  at = at + 1 + #fields
  redis.call('XADD', KEYS[1], '*', unpack(fields))
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
expire(KEYS[1], tonumber(ARGV[4]))
if ARGV[5] ~= '0' then redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[5]) end
return 1
