import { COUNTING } from './lua-counting.ts'

/**
 * One decision (row L2): every rule is looked at, then all of them and the place are charged, or nothing is.
 *
 * KEYS   one for each rule, then the one of the place
 * ARGV   time ('' for Redis's), slack, cost, dry, number of rules; for each rule its kind, max, per, burst;
 *        for a place max, name, lease. Times in milliseconds
 * answers allowed, crowded, and for each rule wait, remaining, milliseconds until everything is available again
 */
export const DECIDE = `${COUNTING}
local longest, waits, takes, states = 0, {}, {}, {}
for i = 1, count do
  local at = 6 + (i - 1) * 4
  local wait, take, state =
    look(KEYS[i], ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]))
  waits[i], takes[i], states[i] = wait, take, state
  longest = math.max(longest, wait)
end

local place, at, crowded = KEYS[count + 1], 6 + count * 4, 0
if place then
  redis.call('ZREMRANGEBYSCORE', place, '-inf', now)
  if redis.call('ZCARD', place) >= tonumber(ARGV[at]) then crowded = 1 end
end

local allowed = longest == 0 and crowded == 0
if allowed and not dry then
  for i = 1, count do takes[i]() end
  if place then
    redis.call('ZADD', place, now + ARGV[at + 2], ARGV[at + 1])
    redis.call('PEXPIRE', place, lifetime(tonumber(ARGV[at + 2])))
  end
end

local answer = { allowed and 1 or 0, crowded }
for i = 1, count do
  local remaining, reset = states[i]()
  answer[#answer + 1] = math.ceil(waits[i])
  answer[#answer + 1] = remaining
  answer[#answer + 1] = math.ceil(reset)
end
return answer
`

/**
 * What a process let through by itself is counted: of each rule as much as there is room for. What is left over stays with the
 * process until there is some.
 *
 * KEYS   one for each rule
 * ARGV   as of DECIDE, cost and dry unused; for each rule its kind, max, per, burst, and the units
 * answers for each rule the units left over, remaining, milliseconds until everything is available again
 */
export const CHARGE = `${COUNTING}
local answer = {}
for i = 1, count do
  local at = 6 + (i - 1) * 5
  local units = tonumber(ARGV[at + 4])
  cost = 0
  local _, take, state =
    look(KEYS[i], ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]))
  cost = math.min(units, (state()))
  if cost > 0 then take() end
  local remaining, reset = state()
  answer[#answer + 1] = units - cost
  answer[#answer + 1] = remaining
  answer[#answer + 1] = math.ceil(reset)
end
return answer
`

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/**
 * A process says that it is there. A process that was not heard of for a lifetime is not.
 *
 * KEYS the processes; ARGV name (empty to count only), lifetime; answers how many there are
 */
export const BEAT = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
end
return redis.call('ZCARD', KEYS[1])
`

/** Places are held on to for another lease. KEYS of the places; ARGV lease, then the name of each. */
export const HOLD = `${NOW}
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[1], ARGV[i + 1])
  redis.call('PEXPIRE', key, ARGV[1] + 1000)
end
return #KEYS
`

/** Something is no member any more: a place that was given back, a process that ended. KEYS its set; ARGV its name. */
export const LEAVE = `return redis.call('ZREM', KEYS[1], ARGV[1])`
