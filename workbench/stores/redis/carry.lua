-- Items at the end, as the texts that another store keeps. What is known of each label comes in one
-- piece, a line for each item; its digest was made where the text was read.

function ops.carry()
  local newest, size, known = next_arg(), tonumber(next_arg()), next_arg()
  sync(false)
  local label = redis.call('LINDEX', rows, -1)
  if newest ~= '*' and newest ~= (label and digits(key_of(label)) or '') then return nil, {0} end
  local first, labels, format = fresh(size), {}, string.format
  for line in string.gmatch(known, '[^\n]+') do
    labels[#labels + 1] = format('%.0f ', first + #labels) .. line
  end
  for i = at_arg, #ARGV, CHUNK do
    redis.call('RPUSH', messages, unpack(ARGV, i, math.min(i + CHUNK - 1, #ARGV)))
  end
  push(rows, labels)
  touch()
  return first
end
