#!lua flags=allow-oom
-- At the memory limit `publish` itself is refused, so this makes the room that finished frames take.
-- KEYS frames, progress
local finished = redis.call('HGET', KEYS[2], 'frame')
if not finished then return 0 end
return redis.call('XTRIM', KEYS[1], 'MINID', behind(finished))
