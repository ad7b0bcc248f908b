#!lua flags=allow-oom
-- At the memory limit `publish` itself is refused, so this makes the room that finished frames take.
-- KEYS frames, progress ; ARGV retention ms
trim_finished(KEYS[1], redis.call('HGET', KEYS[2], 'frame'), tonumber(ARGV[1]))
return 1
