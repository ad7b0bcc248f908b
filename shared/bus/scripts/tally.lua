#!lua flags=allow-oom
-- Count, at the memory limit too.
-- KEYS hash ; ARGV field, increment
return redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
