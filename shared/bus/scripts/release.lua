#!lua flags=allow-oom
-- Give our lease back in good order: we are not one of those who died at this cursor.
-- KEYS lease, cursors ; ARGV worker, stage
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
local owners = tonumber(redis.call('HGET', KEYS[2], ARGV[2] .. ':d') or '0')
if owners > 0 then redis.call('HINCRBY', KEYS[2], ARGV[2] .. ':d', -1) end
return 1
