#!lua flags=allow-oom
-- A worker lives until its time is up; the names of all that do. Without a worker it only looks.
-- KEYS workers ; ARGV worker or '', ttl ms
local now = now_ms()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', whole(now))
if ARGV[1] ~= '' then redis.call('ZADD', KEYS[1], whole(now + tonumber(ARGV[2])), ARGV[1]) end
return redis.call('ZRANGE', KEYS[1], 0, -1)
