/** How passwords are hashed and judged. */
export type PasswordSettings = {
  /** Threads that hash, each with 64 MiB while it does; null for one for each core, at most four. */
  readonly threads: number | null
  /** How many hashings may wait for a thread; beyond that the answer is "busy". */
  readonly waiting: number
  /** The least strength of a new password, 0 to 4, by zxcvbn. */
  readonly minScore: number
  /** How many of a person's last passwords may not be taken again. */
  readonly history: number
  readonly breach: BreachSettings
}

/** Where passwords are looked up that are known from breaches. */
export type BreachSettings = {
  readonly mode: 'online' | 'offline' | 'off'
  /** Of the range service, without the five characters at the end. */
  readonly url: string
  /** The public list, sorted by hash; only read in the mode `offline`. */
  readonly file: string | null
  /** Milliseconds for one answer. */
  readonly timeout: number
  /** Whether a new password is refused while nobody can say if it was breached. */
  readonly refusePasswordsWhenUnreachable: boolean
}

/** Defaults of what operators may leave out. */
export const PASSWORD_DEFAULTS: PasswordSettings = {
  threads: null,
  waiting: 64,
  minScore: 3,
  history: 5,
  breach: {
    mode: 'online',
    url: 'https://api.pwnedpasswords.com/range/',
    file: null,
    timeout: 2000,
    refusePasswordsWhenUnreachable: false,
  },
}
