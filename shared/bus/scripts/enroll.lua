#!lua flags=allow-oom
-- From now on a stage beside the chain counts as a reader of its input; it begins with the oldest entry left.
-- KEYS cursors, input ; ARGV stage
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end
local gone = 0
if redis.call('EXISTS', KEYS[2]) == 1 then
  local info, told = redis.call('XINFO', 'STREAM', KEYS[2]), {}
  for i = 1, #info, 2 do told[info[i]] = info[i + 1] end
  gone = told['entries-added'] - told['length']
end
redis.call('HSET', KEYS[1], ARGV[1], '0-0', ARGV[1] .. ':n', whole(gone))
return 1
