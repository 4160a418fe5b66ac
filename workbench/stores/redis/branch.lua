-- A conversation up to a key, copied to this session, which must hold nothing. The keys stay: they
-- are a session's own. KEYS[9] and those behind it are the origin's, in the order of ours.

local origin = {
  session = KEYS[9], messages = KEYS[10], rows = KEYS[12], writes = KEYS[13],
  archive = KEYS[15], shelf = KEYS[16]
}

-- How many of its messages have a key up to `until_`; nil when its labels don't belong to them.
local function length_of(until_)
  local size = redis.call('LLEN', origin.messages)
  if size ~= redis.call('LLEN', origin.rows) then return nil end
  local head = redis.call('LINDEX', origin.writes, -2)
  local birth, told = head and string.match(head, '^%d+ (%S+)') or '-',
    redis.call('HGET', origin.session, 'created_at')
  if birth ~= '-' and birth ~= (told and string.gsub(told, '%s', '_') or '-') then return nil end
  local newest = redis.call('LINDEX', origin.messages, -1)
  if newest and digest_of(redis.call('LINDEX', origin.rows, -1)) ~= digest(newest) then return nil end
  local low, high = 0, size
  while low < high do
    local middle = math.floor((low + high) / 2)
    if key_of(redis.call('LINDEX', origin.rows, middle)) <= until_ then low = middle + 1
    else high = middle end
  end
  return low
end

local copied_turns = {}

local function note(label)
  copied_turns[string.match(label, '^%d+ %d+ %x+ (%S+)')] = true
  last = math.max(last, key_of(label))
end

local function copy_live(length)
  for start = 0, length - 1, CHUNK do
    local stop = math.min(start + CHUNK, length) - 1
    local labels = redis.call('LRANGE', origin.rows, start, stop)
    for _, label in ipairs(labels) do note(label) end
    push(messages, redis.call('LRANGE', origin.messages, start, stop))
    push(rows, labels)
  end
end

local function copy_hidden(until_, reason)
  local texts, labels = {}, {}
  for i, label in ipairs(redis.call('LRANGE', origin.shelf, 0, -1)) do
    if key_of(label) <= until_ and string.match(label, '(%S+)$') == reason then
      texts[#texts + 1], labels[#labels + 1] = redis.call('LINDEX', origin.archive, i - 1), label
      note(label)
    end
  end
  push(archive, texts)
  push(shelf, labels)
  return #labels
end

function ops.branch()
  local until_, reason = tonumber(next_arg()), next_arg()
  if redis.call('EXISTS', messages, rows, turns, archive, shelf) > 0 then return nil, {0} end
  redis.call('HLEN', session) -- what is to be written is of the right type
  local length = 0
  if until_ then length = length_of(until_) end
  if not length then return nil, {2} end
  copy_live(length)
  local hidden = until_ and copy_hidden(until_, reason) or 0
  if length + hidden == 0 then return nil, {1, 0} end
  for _ = 1, tonumber(next_arg()) do
    local label, id_, record = next_arg(), next_arg(), next_arg()
    if copied_turns[label] then redis.call('HSET', turns, id_, record) end
  end
  touch()
  return length
end
