#!lua flags=allow-oom
-- Append a partition's events to the one stream of subscribers, and move that partition's cursor with them.
-- Not where the server went back behind what was read: those events will be made again, and forwarded then.
-- KEYS events, cursors, the partition's events
-- ARGV partition, expected, cursor, retention ms, number of events, then per event a number of strings, then these
if (redis.call('HGET', KEYS[2], ARGV[1]) or '0-0') ~= ARGV[2] then return 0 end
if #redis.call('XRANGE', KEYS[3], ARGV[3], ARGV[3]) == 0 then return 0 end
local at = 5
for _ = 1, tonumber(ARGV[5]) do
  local fields = {}
  for i = 1, tonumber(ARGV[at + 1]) do fields[i] = ARGV[at + 1 + i] end
  at = at + 1 + #fields
  redis.call('XADD', KEYS[1], '*', unpack(fields))
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
expire(KEYS[1], tonumber(ARGV[4]))
return 1
