-- Some messages with their labels, from behind the place of a key on; writes nothing. Nothing is
-- shown when labels and messages are not in line: then there is no telling where the key is.

if op == 'page' then
  recall()
  local limit, after = tonumber(next_arg()), next_arg()
  local one_birth = born == '-' or created == born
  local low, texts, labels = 0, {}, {}
  if one_birth and have == count then
    local high = after == '' and 0 or have
    while low < high do
      local middle = math.floor((low + high) / 2)
      local key = key_of(redis.call('LINDEX', rows, middle))
      if key <= tonumber(after) then low = middle + 1 else high = middle end
    end
    texts = redis.call('LRANGE', messages, low, low + limit - 1)
    labels = redis.call('LRANGE', rows, low, low + limit - 1)
  end
  return {have, count, one_birth and 1 or 0, digits(last), texts, labels, low}
end
