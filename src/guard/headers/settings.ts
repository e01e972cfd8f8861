/** What answers say to browsers about themselves. */
export type HeaderSettings = {
  /** The policy for answers that are no pages. */
  readonly contentSecurity: string
  readonly pages: {
    readonly contentSecurity: string
    readonly permissions: string
    readonly referrer: Referrer
    readonly opener: Opener
  }
  /** Who may show an answer in a frame. */
  readonly frames: Frames
  /** Who may load an answer without asking, as an image or a script. */
  readonly resource: Resource
  /** Who says how long an answer to a credential is kept. */
  readonly cache: 'no-store' | 'upstream'
  readonly allowSniffing: boolean
  /** Nothing of all this is written. */
  readonly leaveToUpstream: boolean
}

export type HstsSettings = {
  /** Milliseconds. */
  readonly maxAge: number
  readonly includeSubDomains: boolean
  readonly preload: boolean
}

/** In the order of their strictness, the laxest first. */
export const FRAMES = ['allow-any', 'same-origin', 'deny'] as const
export const RESOURCES = ['cross-origin', 'same-site', 'same-origin'] as const
export const OPENERS = ['unsafe-none', 'same-origin-allow-popups', 'same-origin'] as const
export const REFERRERS = ['unsafe-url', 'strict-origin-when-cross-origin', 'same-origin', 'no-referrer'] as const

export type Frames = (typeof FRAMES)[number]
export type Resource = (typeof RESOURCES)[number]
export type Opener = (typeof OPENERS)[number]
export type Referrer = (typeof REFERRERS)[number]

/** What a route says otherwise; null is what the gateway says. */
export type HeaderChanges = {
  readonly [name in keyof Omit<HeaderSettings, 'pages'>]: HeaderSettings[name] | null
} & { readonly pages: { readonly [name in keyof HeaderSettings['pages']]: HeaderSettings['pages'][name] | null } }

/** The settings of a route: its own, and where it says nothing those of the gateway. */
export function withChanges(settings: HeaderSettings, changes: HeaderChanges): HeaderSettings {
  const { pages, ...others } = changes
  return { ...settings, ...said(others), pages: { ...settings.pages, ...said(pages) } }
}

function said<T extends object>(changes: T): { [name in keyof T]?: NonNullable<T[name]> } {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null)) as never
}
