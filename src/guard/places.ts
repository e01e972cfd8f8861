/** Gives a place back. Once is enough, twice is harmless. */
export type Leave = () => void

export type Places = {
  /** Takes a place for a host, waiting for one as long as the signal lets; null when there is none. */
  readonly enter: (host: string, signal: AbortSignal) => Promise<Leave | null>
}

type Line = { inside: number; readonly waiting: Set<() => void> }

/** For each place of a host so many may wait for it. */
const WAITING_PER_PLACE = 32
/** Of all hosts together: whoever names many hosts has no more than this. */
const MOST = 1024

/** Bounds how many requests are under way, so that one slow host holds up only who asks for it. */
export function createPlaces(perHost: number): Places {
  const lines = new Map<string, Line>()
  let total = 0

  async function enter(host: string, signal: AbortSignal): Promise<Leave | null> {
    const line = lines.get(host) ?? { inside: 0, waiting: new Set() }
    if (total >= MOST || line.waiting.size >= perHost * WAITING_PER_PLACE) return null
    lines.set(host, line)
    total += 1
    if (line.inside < perHost) line.inside += 1
    else if (!(await turn(line, signal))) return quit(host, line)
    return leaving(host, line)
  }

  function quit(host: string, line: Line): null {
    total -= 1
    if (line.inside === 0 && line.waiting.size === 0) lines.delete(host)
    return null
  }

  function leaving(host: string, line: Line): Leave {
    let held = true
    return () => {
      if (!held) return
      held = false
      const [next] = line.waiting
      if (next === undefined) line.inside -= 1
      else next()
      quit(host, line)
    }
  }

  return Object.freeze({ enter })
}

// Whoever leaves hands their place on, so nobody comes in between.
function turn({ waiting }: Line, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const called = (): void => end(true)
    const gone = (): void => end(false)
    function end(came: boolean): void {
      waiting.delete(called)
      signal.removeEventListener('abort', gone)
      resolve(came)
    }
    if (signal.aborted) return end(false)
    waiting.add(called)
    signal.addEventListener('abort', gone)
  })
}
