#!lua flags=allow-oom
-- A new run of a source. `seq` goes on: it counts a camera's messages across runs.
-- KEYS source, then each stage's input ; ARGV camera, the run it must stand at or '', then each stage
local camera = ARGV[1]
local run = redis.call('HGET', KEYS[1], camera .. ':run') or '0'
if ARGV[2] ~= '' and ARGV[2] ~= run then return 0 end
redis.call('HSET', KEYS[1], camera .. ':run', run + 1, camera .. ':position', '', camera .. ':ended', 0)
for i = 3, #ARGV do
  if redis.call('EXISTS', KEYS[i - 1]) == 0 then
    redis.call('XGROUP', 'CREATE', KEYS[i - 1], ARGV[i], '0', 'MKSTREAM')
  end
end
return 1
