-- An append to a session that is as our last write left it: the same as `ops.append`, without all
-- that is made ready there for other cases. Whatever is not as expected goes on to that.

if ARGV[1] == 'append' and ARGV[4] == '0' and #ARGV < 1000 then
  local call, format, sub, hash = redis.call, string.format, string.sub, redis.sha1hex
  local session, messages, rows, writes = KEYS[1], KEYS[2], KEYS[4], KEYS[5]
  local ttl, name, turn = ARGV[3], ARGV[5], ' ' .. ARGV[6]
  local told = call('HMGET', session, 'created_at', 'updated_at')
  local last, born = string.match(call('LINDEX', writes, -2) or '', '^(%d+) (%S+)')
  local newest, label = call('LINDEX', messages, -1), call('LINDEX', rows, -1)
  if last and told[1] == born and newest and label
    and call('LLEN', messages) == call('LLEN', rows)
    and string.find(label, sub(hash(newest), 1, 16), 1, true)
    and (ttl ~= '' or call('PTTL', session) == -1)
  then
    local clock = call('TIME')
    local now = clock[1] .. format('%06d', clock[2])
    local first, labels = math.max(tonumber(now), last + 1), {}
    local key, between = now, ' ' .. now .. ' '
    for i = 7, #ARGV do
      if i > 7 or first > tonumber(now) then key = format('%.0f', first + i - 7) end
      labels[i - 6] = key .. between .. sub(hash(ARGV[i]), 1, 16) .. turn
    end
    call('RPUSH', messages, unpack(ARGV, 7))
    call('RPUSH', rows, unpack(labels))
    if told[2] ~= clock[1] then call('HSET', session, 'updated_at', clock[1]) end
    local state = key .. ' ' .. born .. between .. now .. format(' %.0f', first)
    if call('RPUSH', writes, state, name) > 512 then call('LTRIM', writes, -256, -1) end
    if ttl ~= '' then
      local moment = format('%.0f', math.floor(tonumber(now) / 1000) + ttl)
      for i = 1, #KEYS do call('PEXPIREAT', KEYS[i], moment) end
    end
    return {1, first}
  end
end
