-- Shared by all scripts: it is put behind their first line when they are loaded.

-- Milliseconds and sequence of an entry id, as numbers (both stay far below 2^53).
local function split(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

local function later(a, b)
  local a_ms, a_seq = split(a)
  local b_ms, b_seq = split(b)
  return a_ms > b_ms or (a_ms == b_ms and a_seq > b_seq)
end

local function whole(number)
  return string.format('%.0f', number)
end

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- The first id behind `id`.
local function behind(id)
  local ms, seq = split(id)
  return whole(ms) .. '-' .. whole(seq + 1)
end

-- Drop entries older than `age_ms`. Whole nodes only: nobody counts on the exact edge.
local function expire(stream, age_ms)
  redis.call('XTRIM', stream, 'MINID', '~', whole(math.max(now_ms() - age_ms, 0)) .. '-0')
end

-- Drop frames that are finished and older than the retention.
local function trim_finished(frames, finished, retention_ms)
  if not finished then return end
  local edge = whole(math.max(now_ms() - retention_ms, 0)) .. '-0'
  if later(edge, finished) then edge = behind(finished) end
  redis.call('XTRIM', frames, 'MINID', edge)
end

-- Add the events in ARGV (at `at` their number, then camera, run, seq, pts, data of each); the place behind them.
local function tell(stream, at, retention_ms)
  local count = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, count do
    redis.call('XADD', stream, '*', 'c', ARGV[at], 'r', ARGV[at + 1], 's', ARGV[at + 2], 'p', ARGV[at + 3],
      'm', ARGV[at + 4])
    at = at + 5
  end
  if count > 0 then expire(stream, retention_ms) end
  return at
end
