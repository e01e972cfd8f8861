/**
 * How Redis counts. The numbers mean what they mean in memory: `sliding-window.ts`, `gcra.ts`, `quota.ts`. Time is Redis's own,
 * so the clocks of the processes do not matter. Nothing is kept longer than it says something.
 *
 * ARGV begins with time ('' for Redis's), slack, cost, dry, number of rules. Times in milliseconds
 */
export const COUNTING = `
local CELLS, DAY = 60, 86400000
local slack, cost, dry, count = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1', tonumber(ARGV[5])
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local function lifetime(milliseconds) return math.max(1, math.ceil(milliseconds)) + slack end

-- Sliding window: a hash of units by cell, with n: all units, o: no cell before it, l: the latest cell.
local function leaves(cell, per) return (cell + CELLS + 1) * per / CELLS end

local function names(from, to)
  local cells = {}
  for cell = from, to do cells[#cells + 1] = cell end
  return cells
end

-- Redis's clock was set back: what was counted moves with it, so nothing is admitted twice and nobody waits for the
-- old date to come round again.
local function moveBack(key, per, shift)
  local all = redis.call('HGETALL', key)
  redis.call('DEL', key)
  for i = 1, #all, 2 do
    local name = all[i]
    if name == 'n' then redis.call('HSET', key, name, all[i + 1])
    elseif name == 'o' or name == 'l' then redis.call('HSET', key, name, tonumber(all[i + 1]) - shift)
    else redis.call('HSET', key, tonumber(name) - shift, all[i + 1]) end
  end
  redis.call('PEXPIRE', key, lifetime(per + per / CELLS))
end

local function window(key, max, per)
  local cell = math.floor(now * CELLS / per)
  local known = redis.call('HMGET', key, 'n', 'o', 'l')
  local level, oldest, latest = tonumber(known[1]) or 0, tonumber(known[2]), tonumber(known[3])
  if latest and latest > cell then
    moveBack(key, per, latest - cell)
    oldest, latest = oldest - (latest - cell), cell
  end
  local gone = cell - CELLS - 1
  if latest and latest <= gone then
    redis.call('DEL', key)
    level, oldest, latest = 0, nil, nil
  elseif oldest and oldest <= gone then
    local cells = names(oldest, gone)
    for _, units in ipairs(redis.call('HMGET', key, unpack(cells))) do level = level - (tonumber(units) or 0) end
    redis.call('HDEL', key, unpack(cells))
    oldest = gone + 1
    redis.call('HSET', key, 'n', level, 'o', oldest)
  end
  local wait, missing = 0, level + cost - max
  if missing > 0 then
    wait = per
    if cost <= max then
      local cells = names(oldest, latest)
      for i, units in ipairs(redis.call('HMGET', key, unpack(cells))) do
        missing = missing - (tonumber(units) or 0)
        if missing <= 0 then wait = math.max(1, leaves(cells[i], per) - now) break end
      end
    end
  end
  local function take()
    redis.call('HINCRBY', key, cell, cost)
    level = level + cost
    if latest == cell then
      redis.call('HSET', key, 'n', level)
    else
      oldest, latest = oldest or cell, cell
      redis.call('HSET', key, 'n', level, 'o', oldest, 'l', latest)
      redis.call('PEXPIRE', key, lifetime(leaves(latest, per) - now))
    end
  end
  local function state()
    return math.max(0, max - level), latest and leaves(latest, per) - now or 0
  end
  return wait, take, state
end

-- Two whole numbers in one text: fractions of a millisecond would not survive in a double since 1970.
local function pair(key)
  local text = redis.call('GET', key)
  if not text then return nil end
  local one, two = string.match(text, '^(%d+):(%d+)$')
  return tonumber(one), tonumber(two)
end

local function setPair(key, one, two, milliseconds)
  redis.call('SET', key, string.format('%.0f:%.0f', one, two), 'PX', lifetime(milliseconds))
end

-- Token bucket: when it is full again, in whole milliseconds and a rest of so many parts of max.
local function bucket(key, max, per, burst)
  local full, rest = pair(key)
  if not full or full < now then full, rest = now, 0 end
  local longest = burst * per / max
  if full - now > longest then
    -- Redis's clock was set back.
    full, rest = now + math.ceil(longest), 0
    setPair(key, full, rest, full - now)
  end
  local wait = math.max(0, ((full - now) * max + rest + (cost - burst) * per) / max)
  if wait <= 1e-9 then wait = 0 end
  if cost > burst then wait = per end
  local function take()
    local parts = rest + cost * per
    local whole = math.floor(parts / max)
    full, rest = full + whole, parts - whole * max
    setPair(key, full, rest, full - now + 1)
  end
  local function state()
    local room = (burst * per - (full - now) * max - rest) / per
    return math.max(0, math.floor(room + 1e-9)), full - now + rest / max
  end
  return wait, take, state
end

-- The begin of the month that a day lies in, by days since 1970: the civil calendar in eras of 400 years from a 1 March.
local function monthOf(day)
  local inEra = (day + 719468) % 146097
  local year = math.floor(
    (inEra - math.floor(inEra / 1460) + math.floor(inEra / 36524) - math.floor(inEra / 146096)) / 365)
  local inYear = inEra - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * inYear + 2) / 153)
  return day - (inYear - math.floor((153 * month + 2) / 5))
end

local function begins(kind, at)
  if kind == 'month' then return monthOf(math.floor(at / DAY)) * DAY end
  return at - at % (kind == 'day' and DAY or 3600000)
end

local function ends(kind, start)
  if kind == 'month' then return monthOf(start / DAY + 31) * DAY end
  return start + (kind == 'day' and DAY or 3600000)
end

-- Quota: the begin of its window and the units used in it.
local function quota(key, max, per, kind)
  local start, used = pair(key)
  local current = begins(kind, now)
  if not start or start < current then start, used = current, 0 end
  local left = math.max(1, ends(kind, start) - now)
  local wait = 0
  if used + cost > max then wait = left end
  if cost > max then wait = per end
  local function take()
    used = used + cost
    setPair(key, start, used, left)
  end
  local function state()
    return math.max(0, max - used), used > 0 and left or 0
  end
  return wait, take, state
end

local function look(key, kind, max, per, burst)
  if kind == 'window' then return window(key, max, per) end
  if kind == 'bucket' then return bucket(key, max, per, burst) end
  return quota(key, max, per, kind)
end
`
