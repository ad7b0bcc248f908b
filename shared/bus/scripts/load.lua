#!lua flags=allow-oom
-- Where a stage stands, with all checkpoints, and one more owner counted at this cursor.
-- KEYS cursors, state, input ; ARGV stage
local stage = ARGV[1]
local at = redis.call('HMGET', KEYS[1], stage, stage .. ':n')
local owners = redis.call('HINCRBY', KEYS[1], stage .. ':d', 1)
local cursor, count = at[1] or '0-0', at[2] or '0'
-- The group exists before the first message, so that the lag can be seen (and scaled on) from the start.
if redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('XGROUP', 'CREATE', KEYS[3], stage, cursor, 'MKSTREAM', 'ENTRIESREAD', count)
end
return {cursor, tonumber(count), owners - 1, redis.call('HGETALL', KEYS[2])}
