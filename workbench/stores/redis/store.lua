-- Every write of the Redis store: one call, all of it or nothing. Redis runs a script alone.
--
-- Beside each message lies a label, "key created digest turn": the key that the item has in the
-- workbench, when it was written (microseconds, 0: not known), the first 16 digits of the message's
-- SHA-1, and the turn. Other programs append, pop and replace messages and know nothing of labels:
-- by its digest a label is known not to belong to a message any more, and is made anew.
--
-- `writes` remembers the latest writes, each by what was known after it and its id: "last born
-- touched at result" is the last key ever given out, the created_at of the session's hash, when its
-- items were changed, when this was, and what the write answered. A write that is sent again because
-- its reply was lost is found there and not done twice.
--
-- All that can fail (the type of a key) is read before the first write.

local session, messages, counter, rows = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local writes, turns, archive, shelf = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local op, id, ttl, again, wid = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local at_arg = 6

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local CHUNK = 1000 -- Lua's stack holds about 8000 values
local REMEMBERED = 128 -- writes
local SKEW = 1000 -- milliseconds by which the clocks of a master and its replica may differ
local AFTERGLOW = 120000 -- milliseconds for which a cleared session's writes are remembered

local last, born, touched = 0, '-', 0
local created, have, count -- what the hash tells, the messages, the labels
local relabelled = false
local ops = {}

local function digits(number) return string.format('%.0f', number) end
local function label_of(key, made, hash, turn)
  return string.format('%.0f %.0f %s %s', key, made, hash, turn)
end
local function digest(text) return string.sub(redis.sha1hex(text), 1, 16) end
local function key_of(label) return tonumber(string.match(label, '^%d+')) end
local function rest_of(label) return string.match(label, '^%d+ (.*)$') end
local function digest_of(label) return string.match(label, '^%d+ %d+ (%x+)') end


local function next_arg()
  at_arg = at_arg + 1
  return ARGV[at_arg - 1]
end

local function take(count)
  local list = {}
  for i = 1, count do list[i] = next_arg() end
  return list
end

local function numbers(count)
  local list = take(count)
  for i = 1, count do list[i] = tonumber(list[i]) end
  return list
end

local function fresh(count)
  local first = math.max(now, last + 1)
  last = first + count - 1
  return first
end

local function push(list, values)
  for i = 1, #values, CHUNK do
    redis.call('RPUSH', list, unpack(values, i, math.min(i + CHUNK - 1, #values)))
  end
end

local function cut(list, length)
  if length == 0 then redis.call('DEL', list) else redis.call('LTRIM', list, 0, length - 1) end
end

-- What is known of the session; an error when another program keeps something else here.
local function recall()
  local told = redis.call('HGET', session, 'created_at')
  created = told and string.gsub(told, '%s', '_') or '-'
  have, count = redis.call('LLEN', messages), redis.call('LLEN', rows)
  local head = redis.call('LINDEX', writes, -2)
  if not head then return end
  local l, b, t = string.match(head, '^(%d+) (%S+) (%d+)')
  last, born, touched = tonumber(l), b, tonumber(t)
end

-- What this very write answered when it was done before; nil when it was not.
local function answered()
  local place = redis.call('LPOS', writes, wid)
  if place then
    return tonumber(string.match(redis.call('LINDEX', writes, place - 1), '(%d+)$'))
  end
  if again ~= '-' and redis.call('LLEN', writes) >= 2 * REMEMBERED then
    -- So many writes since it was sent first that it may have been one of those forgotten?
    local oldest = string.match(redis.call('LINDEX', writes, 0), '(%d+) %d+$')
    if now - tonumber(oldest) < (tonumber(again) + SKEW) * 1000 then return -1 end
  end
  return nil
end

local function remember(name, result)
  local state = string.format('%.0f %s %.0f %.0f %.0f', last, created, touched, now, result)
  if redis.call('RPUSH', writes, state, name) > 4 * REMEMBERED then
    redis.call('LTRIM', writes, -2 * REMEMBERED, -1)
  end
end

-- When the session is to expire, in milliseconds; nil: never.
local function deadline()
  if ttl ~= '' then return math.floor(now / 1000) + tonumber(ttl) end
  for _, key in ipairs({session, messages, turns, archive}) do
    local left = redis.call('PTTL', key)
    if left >= 0 then
      local exact = redis.pcall('PEXPIRETIME', key) -- not before Redis 7
      return type(exact) == 'number' and exact or math.floor(now / 1000) + left
    elseif left == -1 then
      return nil
    end
  end
  return nil
end

local function expire(moment)
  if moment then
    moment = digits(moment)
    for _, key in ipairs(KEYS) do redis.call('PEXPIREAT', key, moment) end
  elseif created == '-' or created ~= born then -- perhaps begun anew since it was cleared
    redis.call('PERSIST', writes)
  end
end

local function touch()
  touched = now
  if created == '-' then
    created = clock[1]
    redis.call('HSETNX', session, 'created_at', created)
  end
  redis.call('HSET', session, 'session_id', id, 'updated_at', clock[1])
end

-- Labels again from the message at `kept` on.
local function label_from(kept)
  relabelled = true
  cut(rows, kept)
  local key = fresh(have - kept)
  for start = kept, have - 1, CHUNK do
    local made = {}
    for i, text in ipairs(redis.call('LRANGE', messages, start, start + CHUNK - 1)) do
      made[i] = label_of(key, 0, digest(text), '-')
      key = key + 1
    end
    push(rows, made)
  end
  count = have
end

local function fits(index)
  local label, text = redis.call('LINDEX', rows, index), redis.call('LINDEX', messages, index)
  return label and text and string.find(label, digest(text), 1, true)
end

-- How many messages, from the first on, have the labels that belong to them.
local function labelled(deep)
  local kept = math.min(have, count)
  if born ~= '-' and created ~= born then return 0 end -- begun anew by another program
  if not deep then -- other programs change the end only
    while kept > 0 and not fits(kept - 1) do kept = kept - 1 end
    return kept
  end
  for start = 0, kept - 1, CHUNK do
    local texts = redis.call('LRANGE', messages, start, start + CHUNK - 1)
    local labels = redis.call('LRANGE', rows, start, start + CHUNK - 1)
    for i = 1, math.min(#texts, #labels) do
      if digest_of(labels[i]) ~= digest(texts[i]) then return start + i - 1 end
    end
  end
  return kept
end

-- Bring the labels in line with the messages.
local function sync(deep)
  local kept = labelled(deep)
  if kept ~= have or kept ~= count then label_from(kept) end
end
