#!lua flags=allow-oom
-- How often an entry was processed alone before now.
-- KEYS tried ; ARGV entry id
return redis.call('HINCRBY', KEYS[1], ARGV[1], 1) - 1
