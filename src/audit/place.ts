/** Each log's events lie in a range of their own: the place of an event is its log's number and its sequence number. */
const LOG_SIZE = 2 ** 37
const MOST_LOGS = 2 ** 16 - 1

export function placeOf(log: number, seq: number): number {
  return log * LOG_SIZE + seq
}

export function seqOf(place: number): number {
  return place % LOG_SIZE
}

export function logOf(place: number): number {
  return Math.floor(place / LOG_SIZE)
}

/** @throws when there is no room for another log */
export function checkLogNumber(log: number): void {
  if (log > MOST_LOGS) throw new Error(`the database holds ${MOST_LOGS} logs; there is no room for another`)
}

/** @throws when a log cannot take so many events */
export function checkSize(size: number): void {
  if (size > LOG_SIZE) throw new Error('the log is full; give the node another name')
}
