#!lua flags=allow-oom
-- Events that no picture brings, and the standing that they follow from.
-- KEYS hash of standings, events
-- ARGV field, expected standing, new standing, retention ms of events, a number and so many events
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
tell(KEYS[2], 5, tonumber(ARGV[4]))
return 1
