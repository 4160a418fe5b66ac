-- Changes of items that are there: see `workbench.protocols.Edit`.

local function place_of(key)
  local low, high = 0, have
  while low < high do
    local middle = math.floor((low + high) / 2)
    if key_of(redis.call('LINDEX', rows, middle)) < key then low = middle + 1 else high = middle end
  end
  return low
end

-- The messages from the place of `key` on, with their labels; nil when those don't belong to them.
local function load_tail(key)
  local first = key and place_of(key) or have
  local tail, live = {}, {}
  local labels = redis.call('LRANGE', rows, first, -1)
  for i, text in ipairs(redis.call('LRANGE', messages, first, -1)) do
    if digest_of(labels[i]) ~= digest(text) then return nil end
    tail[i] = {key = key_of(labels[i]), rest = rest_of(labels[i]), text = text}
    live[tail[i].key] = tail[i]
  end
  return first, tail, live
end

local function load_archive()
  local kept, texts, by_key = {}, redis.call('LRANGE', archive, 0, -1), {}
  for i, label in ipairs(redis.call('LRANGE', shelf, 0, -1)) do
    kept[i] = {key = key_of(label), rest = rest_of(label), text = texts[i]}
    by_key[kept[i].key] = kept[i]
  end
  return kept, by_key
end

local function store(list, labels, entries, length)
  local texts, names = {}, {}
  for i, entry in ipairs(entries) do
    texts[i], names[i] = entry.text, digits(entry.key) .. ' ' .. entry.rest
  end
  cut(list, length)
  cut(labels, length)
  push(list, texts)
  push(labels, names)
end

local function rewrite(entry, text)
  entry.text = text
  entry.rest = string.gsub(entry.rest, '^(%d+) %x+', '%1 ' .. digest(text), 1)
end

local function by_key(one, other) return one.key < other.key end

local function renumber(first, tail, kept)
  local behind = {}
  for _, list in ipairs({tail, kept}) do
    for _, entry in ipairs(list) do
      if entry.key >= first then behind[#behind + 1] = entry end
    end
  end
  table.sort(behind, by_key)
  local key = fresh(#behind)
  for i, entry in ipairs(behind) do entry.key = key + i - 1 end
end

-- What a call of `change` asks for, in the order in which it is sent.
local function asked()
  local wish = {strict = next_arg() == '1', reason = next_arg(), turn = next_arg()}
  wish.before, wish.newest = tonumber(next_arg()), next_arg()
  local counts = numbers(7)
  wish.archive, wish.delete = numbers(counts[1]), numbers(counts[2])
  wish.rewrite, wish.texts = numbers(counts[3]), take(counts[3])
  wish.relabel, wish.reasons = numbers(counts[4]), take(counts[4])
  wish.restore, wish.insert = numbers(counts[5]), take(counts[6])
  wish.given, wish.contents = numbers(counts[7]), take(counts[7])
  for _, list in ipairs({wish.archive, wish.delete, wish.rewrite, wish.restore, wish.given}) do
    for _, key in ipairs(list) do wish.lowest = math.min(wish.lowest or key, key) end
  end
  if wish.before then wish.lowest = math.min(wish.lowest or wish.before, wish.before) end
  return wish
end

-- Say where the entries of `list` go; how many there were, nil when a strict wish misses one.
local function mark(list, entries, to, strict)
  local found = 0
  for _, key in ipairs(list) do
    local entry = entries[key]
    if not entry and strict then return nil end
    if entry and not entry.to then
      entry.to, found = to, found + 1
    end
  end
  return found
end

local function is_newest(wanted)
  local label = redis.call('LINDEX', rows, -1)
  return wanted == '*' or wanted == (label and digits(key_of(label)) or '')
end

-- Whether two values that JSON stood for are the same.
local function equal(one, other)
  if type(one) ~= 'table' or type(other) ~= 'table' then return one == other end
  for name, value in pairs(one) do
    if not equal(value, other[name]) then return false end
  end
  for name in pairs(other) do
    if one[name] == nil then return false end
  end
  return true
end

-- Whether two texts are the same item: other programs space and order theirs differently.
local function same(one, other)
  if one == other then return true end
  local could, answer = pcall(function() return equal(cjson.decode(one), cjson.decode(other)) end)
  return could and answer
end

local function holds(wish, live, kept)
  for i, key in ipairs(wish.given) do
    local entry = live[key] or kept[key]
    if not (entry and same(entry.text, wish.contents[i])) then return false end
  end
  return true
end

-- Say which archived entries get another reason; nil when one is not there.
local function mark_reasons(wish, kept)
  for i, key in ipairs(wish.relabel) do
    if not kept[key] then return nil end
    kept[key].reason = wish.reasons[i]
  end
  return true
end

-- Whether all that is named is there, and how many items go elsewhere.
local function marked(wish, live, kept)
  local out = mark(wish.archive, live, 'archive', wish.strict)
  local gone = mark(wish.delete, live, 'nothing', wish.strict)
  local back = mark(wish.restore, kept, 'live', wish.strict)
  if not (out and gone and back and mark_reasons(wish, kept)) then return nil end
  for _, key in ipairs(wish.rewrite) do
    if not (live[key] or kept[key]) then return nil end
  end
  local anchor = wish.before and (live[wish.before] or kept[wish.before])
  if wish.before and (not anchor or (anchor.to and anchor.to ~= 'live')) then return nil end
  return out + gone + back
end

-- What remains in the conversation, and what the archive holds then.
local function parted(tail, kept, reason)
  local remaining, shelved = {}, {}
  for _, entry in ipairs(tail) do
    if not entry.to then
      remaining[#remaining + 1] = entry
    end
  end
  for _, entry in ipairs(kept) do
    if entry.to then
      entry.rest = string.match(entry.rest, '^%d+ %x+ %S+')
      remaining[#remaining + 1] = entry
    elseif not entry.reason then
      shelved[#shelved + 1] = entry
    end
  end
  local function shelve(entry, why)
    entry.rest = string.match(entry.rest, '^%d+ %x+ %S+') .. ' ' .. digits(now) .. ' ' .. why
    shelved[#shelved + 1] = entry
  end
  for _, entry in ipairs(tail) do
    if entry.to == 'archive' then shelve(entry, reason) end
  end
  for _, entry in ipairs(kept) do
    if entry.reason and not entry.to then shelve(entry, entry.reason) end
  end
  return remaining, shelved
end

local function insert(wish, remaining, shelved)
  local key = fresh(#wish.insert)
  if wish.before and #wish.insert > 0 then renumber(wish.before, remaining, shelved) end
  for i, text in ipairs(wish.insert) do
    local rest = table.concat({digits(now), digest(text), wish.turn}, ' ')
    remaining[#remaining + 1] = {key = key + i - 1, rest = rest, text = text}
  end
  table.sort(remaining, by_key)
  return key
end

-- Reading and writing the archive as a whole is saved where a change only adds to it.
local function needs_archive(wish, live)
  if #wish.restore > 0 or #wish.relabel > 0 or (wish.before and #wish.insert > 0) then return true end
  for _, list in ipairs({wish.rewrite, wish.given}) do
    for _, key in ipairs(list) do
      if not live[key] then return true end
    end
  end
  return wish.before and not live[wish.before]
end

function ops.change()
  local wish = asked()
  redis.call('LLEN', archive) -- what is to be written is of the right type
  redis.call('LLEN', shelf)
  sync(false)
  local first, tail, live = load_tail(wish.lowest)
  if not first then
    sync(true)
    first, tail, live = load_tail(wish.lowest)
  end
  local whole, kept, kept_by_key = needs_archive(wish, live), {}, {}
  if whole then kept, kept_by_key = load_archive() end
  local stands = is_newest(wish.newest) and holds(wish, live, kept_by_key)
  local moved = stands and marked(wish, live, kept_by_key)
  if not moved then return nil, {0} end
  if not wish.strict and moved == 0 then return nil, {1, 0} end

  for i, key in ipairs(wish.rewrite) do rewrite(live[key] or kept_by_key[key], wish.texts[i]) end
  local remaining, shelved = parted(tail, kept, wish.reason)
  local key = insert(wish, remaining, shelved)
  store(messages, rows, remaining, first)
  store(archive, shelf, shelved, whole and 0 or redis.call('LLEN', shelf))
  if first + #remaining > 0 then touch() end
  return wish.strict and key or moved
end
