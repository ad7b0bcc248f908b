#!lua flags=allow-oom
-- A new run of a source. `seq` goes on: it counts a camera's messages across runs.
-- KEYS source, progress, then each stage's input ; ARGV camera, then each stage
local camera = ARGV[1]
local run = redis.call('HINCRBY', KEYS[1], camera .. ':run', 1)
redis.call('HSET', KEYS[1], camera .. ':position', '', camera .. ':ended', 0)
for i = 2, #ARGV do
  if redis.call('EXISTS', KEYS[i + 1]) == 0 then
    redis.call('XGROUP', 'CREATE', KEYS[i + 1], ARGV[i], '0', 'MKSTREAM')
  end
end
return {run, redis.call('HGET', KEYS[1], camera .. ':seq'), redis.call('HGET', KEYS[2], camera .. ':seq')}
