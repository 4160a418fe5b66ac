-- Items as another session kept them, at the end: live ones and archived ones in their order, each
-- with its time and its turn. The archive is kept in the order in which things were archived.

local function shelved_at(label) return tonumber(string.match(label, '^%d+ %d+ %x+ %S+ (%d+)')) end

-- The archive with these entries more; where they belong among those that are there, all of it.
local function shelve(entries)
  for i, entry in ipairs(entries) do entry.at, entry.place = shelved_at(entry.label), i end
  local function in_time(one, other)
    if one.at ~= other.at then return one.at < other.at end
    return one.place < other.place
  end
  table.sort(entries, in_time)
  local newest = redis.call('LINDEX', shelf, -1)
  if newest and shelved_at(newest) > entries[1].at then
    local texts, all = redis.call('LRANGE', archive, 0, -1), {}
    for i, label in ipairs(redis.call('LRANGE', shelf, 0, -1)) do
      all[i] = {text = texts[i], label = label, at = shelved_at(label), place = i}
    end
    for _, entry in ipairs(entries) do
      all[#all + 1] = entry
      entry.place = #all
    end
    table.sort(all, in_time)
    redis.call('DEL', archive, shelf)
    entries = all
  end
  local texts, labels = {}, {}
  for i, entry in ipairs(entries) do texts[i], labels[i] = entry.text, entry.label end
  push(archive, texts)
  push(shelf, labels)
end

function ops.put()
  local newest, size = next_arg(), tonumber(next_arg())
  redis.call('LLEN', archive) -- what is to be written is of the right type
  redis.call('LLEN', shelf)
  sync(false)
  if not is_newest(newest) then return nil, {0} end
  local first, texts, labels, kept = fresh(size), {}, {}, {}
  for i = 1, size do
    local text, known = next_arg(), next_arg()
    local made, turn, shelf_of = string.match(known, '^(%d+) (%S+)(.*)$')
    local label = string.format('%.0f %s %s %s', first + i - 1, made, digest(text), turn)
    if shelf_of == '' then
      texts[#texts + 1], labels[#labels + 1] = text, label
    else
      kept[#kept + 1] = {text = text, label = label .. shelf_of}
    end
  end
  push(messages, texts)
  push(rows, labels)
  if #kept > 0 then shelve(kept) end
  touch()
  return first
end
