import type { Device } from './device.ts'

/** A browser by the cookie it sent: the digest of its token, and whose device it is. Without a cookie it is nobody's. */
export type Browser = { readonly digest: Uint8Array | null; readonly devices: readonly Device[] }

export const STRANGE_BROWSER: Browser = Object.freeze({ digest: null, devices: Object.freeze([]) })

/** This browser as a device of a person, or null when they never signed in with it. */
export function deviceOfPerson(browser: Browser, personId: string): Device | null {
  return browser.devices.find((device) => device.personId === personId) ?? null
}

/** Whether this browser stands for the second factor of a person. */
export function isTrusted(browser: Browser, personId: string, now: number): boolean {
  return (deviceOfPerson(browser, personId)?.trustedUntil ?? 0) > now
}
