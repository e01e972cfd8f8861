/**
 * Carries word of a change to the other processes sooner than their poll would. It may lose messages: the rows of the
 * change table are the truth.
 */
export type Bus = {
  /** Never throws and never waits. */
  readonly publish: (topic: string, ref: string) => void
  /**
   * @param seen gets the ref, or null when messages of the topic may have been missed
   * @returns stops hearing
   */
  readonly subscribe: (topic: string, seen: Seen) => () => void
  readonly connected: () => boolean
  readonly close: () => Promise<void>
}

export type Seen = (ref: string | null) => void

/** Subscribers by topic. One that throws does not keep the others from hearing. */
export type Subscribers = {
  readonly add: (topic: string, seen: Seen) => () => void
  readonly tell: (topic: string, ref: string | null) => void
  /** Everything of every topic may have changed. */
  readonly tellAll: () => void
  readonly clear: () => void
}

export function createSubscribers(onError: (error: unknown) => void): Subscribers {
  const topics = new Map<string, Set<Seen>>()

  function add(topic: string, seen: Seen): () => void {
    // A function of our own for each subscription: the same one may subscribe twice and leave once.
    const entry: Seen = (ref) => seen(ref)
    const entries = topics.get(topic) ?? new Set()
    topics.set(topic, entries.add(entry))
    return () => {
      entries.delete(entry)
    }
  }

  function tell(topic: string, ref: string | null): void {
    for (const seen of topics.get(topic) ?? []) {
      try {
        seen(ref)
      } catch (error) {
        onError(error)
      }
    }
  }

  function tellAll(): void {
    for (const topic of topics.keys()) tell(topic, null)
  }

  return { add, tell, tellAll, clear: () => topics.clear() }
}

/**
 * A bus inside one process.
 *
 * @param onError hears what a subscriber threw
 */
export function createMemoryBus(onError: (error: unknown) => void = () => undefined): Bus {
  const subscribers = createSubscribers(onError)
  let open = true
  return Object.freeze({
    publish: (topic: string, ref: string) => {
      if (open) subscribers.tell(topic, ref)
    },
    subscribe: subscribers.add,
    connected: () => open,
    close: async () => {
      open = false
      subscribers.clear()
    },
  })
}
