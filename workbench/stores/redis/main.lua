-- What was asked for, and the answer: the parts that are not in change.lua.

function ops.append()
  local turn, size = next_arg(), #ARGV - at_arg + 1
  sync(false)
  local first, texts, labels = fresh(size), take(size), {}
  for i, text in ipairs(texts) do
    labels[i] = label_of(first + i - 1, now, digest(text), turn)
  end
  push(messages, texts)
  push(rows, labels)
  touch()
  return first
end

-- Take the newest message if it is the one that was looked at; else show it.
function ops.pop()
  local text = redis.call('LINDEX', messages, -1)
  if not text then return nil, {0} end
  if redis.sha1hex(text) ~= next_arg() then return nil, {2, text} end
  sync(false)
  redis.call('RPOP', messages)
  redis.call('RPOP', rows)
  return 1
end

function ops.clear()
  redis.call('GET', counter) -- an error when it is another session's
  local there = redis.call('EXISTS', unpack(KEYS))
  if there - redis.call('EXISTS', writes) == 0 then return nil, {0} end
  redis.call('DEL', session, messages, counter, rows, turns, archive, shelf)
  touched, created = 0, '-'
  return 1
end

function ops.save_turns()
  for i = at_arg, #ARGV, CHUNK do
    redis.call('HSET', turns, unpack(ARGV, i, math.min(i + CHUNK - 1, #ARGV)))
  end
  return 1
end

-- Only in the place of the very text that was looked at.
function ops.swap_turn()
  local turn, before, after = next_arg(), next_arg(), next_arg()
  if redis.call('HGET', turns, turn) ~= before then return nil, {0} end
  redis.call('HSET', turns, turn, after)
  return 1
end

-- Labels for a session that another program wrote to: all of them looked at.
function ops.label()
  sync(true)
  return 1
end

-- Looking at a session writes nothing: how many messages and labels there are, whether they are of
-- one birth, the last key, and the newest messages with the labels in their places.
if op == 'look' then
  recall()
  local limit = tonumber(next_arg())
  local first = limit < 0 and 0 or math.max(0, have - limit)
  local one_birth = born == '-' or created == born
  return {
    have, count, one_birth and 1 or 0, digits(last),
    redis.call('LRANGE', messages, first, -1), redis.call('LRANGE', rows, first, have - 1)
  }
elseif op == 'archived' then
  return {redis.call('LRANGE', archive, 0, -1), redis.call('LRANGE', shelf, 0, -1)}
elseif op == 'about' then
  -- A hash of another program may only look like a session's.
  if type(redis.pcall('LLEN', messages)) ~= 'number' then return {false, false, false, 0, '0'} end
  recall()
  local told = redis.call('HMGET', session, 'session_id', 'created_at', 'updated_at')
  return {told[1], told[2], told[3], have, digits(touched)}
end

recall()
if again ~= '0' then
  local done = answered()
  if done == -1 then return redis.error_reply('UNSURE too many writes since') end
  if done then return {1, done} end
end
local moment = deadline()
local result, refused = ops[op]()
if result or relabelled then remember(result and wid or '-', result or 0) end
if not result then
  if relabelled then expire(moment) end
  return refused
end
if op == 'clear' then redis.call('PEXPIRE', writes, AFTERGLOW) else expire(moment) end
return {1, result}
