#!lua flags=no-writes
-- Where a source stands and how far its messages have come.
-- KEYS source, progress ; ARGV camera
local camera = ARGV[1]
local stored = redis.call(
  'HMGET', KEYS[1], camera .. ':run', camera .. ':seq', camera .. ':position', camera .. ':ended', camera .. ':report')
return {stored[1], stored[2], stored[3], stored[4], redis.call('HGET', KEYS[2], camera .. ':seq'), stored[5]}
