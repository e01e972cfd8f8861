import { type Page, chromium as playwright } from 'playwright-core'
import { fileOf } from './backends.ts'

// Nothing but the pages of the test is spoken to.
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const PATIENCE_MS = 15_000

/** A Chromium without a window, of the test's own. */
export type Browser = {
  /** A page of a person who has never been here: it shares no cookie with any other. `page.context().newPage()` shares all. */
  readonly openPage: (options?: {
    readonly baseURL?: string
    readonly locale?: string
    readonly userAgent?: string
    readonly javaScriptEnabled?: boolean
  }) => Promise<Page>
  readonly close: () => Promise<void>
}

/**
 * Starts a Chromium. Ask `canUse.chromium` first, start one for a file and a page for each person.
 *
 * Passkeys work on `http://localhost:PORT` and not on `http://127.0.0.1:PORT`, since an address can be no RP ID.
 */
export async function openBrowser(): Promise<Browser> {
  const browser = await playwright.launch({ executablePath: fileOf('chromium'), args: ARGS })
  return Object.freeze({
    openPage: async (options = {}) => {
      const context = await browser.newContext(options)
      context.setDefaultTimeout(PATIENCE_MS)
      return context.newPage()
    },
    close: () => browser.close(),
  } satisfies Browser)
}

/** A credential as the authenticator holds it (Chrome DevTools Protocol, WebAuthn.Credential). */
export type HeldCredential = {
  /** Base64, unlike the base64url of WebAuthn. */
  readonly credentialId: string
  readonly isResidentCredential: boolean
  readonly rpId?: string
  /** PKCS #8 in base64. */
  readonly privateKey: string
  /** Base64. */
  readonly userHandle?: string
  readonly signCount: number
  readonly backupEligibility?: boolean
  readonly backupState?: boolean
  readonly userName?: string
  readonly userDisplayName?: string
}

/** What an authenticator is; a phone or laptop that knows its owner unless told otherwise. */
export type AuthenticatorKind = {
  /** `internal` unless told; `usb` is a security key. */
  readonly transport?: 'internal' | 'usb' | 'nfc' | 'ble' | 'hybrid'
  /** Whether it keeps discoverable credentials. One without a sensor or PIN does not: Chromium refuses to make any there. */
  readonly residentKey?: boolean
  /** Whether it can ask for a PIN or a finger. */
  readonly userVerification?: boolean
  /** Whether the person it asks is the right one. */
  readonly userVerified?: boolean
  /** What new credentials say of themselves: that they may be synced (BE), that they are (BS). */
  readonly backupEligible?: boolean
  readonly backedUp?: boolean
}

/** An authenticator plugged into a page; the person at it always touches it. */
export type Authenticator = {
  readonly credentials: () => Promise<readonly HeldCredential[]>
  /** Puts a credential of another authenticator in, as one who copied it could. */
  readonly put: (credential: HeldCredential) => Promise<void>
  /**
   * Sets the signature counter of a credential, of the only one when none is named. The next signature says one more;
   * a lower count than the last one seen is what a cloned authenticator shows (WebAuthn 6.1.1).
   */
  readonly setSignCount: (signCount: number, credentialId?: string) => Promise<void>
  /** Whether the PIN or finger is right from now on. */
  readonly setUserVerified: (isRight: boolean) => Promise<void>
  /** Forgets every credential. */
  readonly clear: () => Promise<void>
  /** Takes it away from the page. */
  readonly unplug: () => Promise<void>
}

/** Plugs a CTAP 2 authenticator into a page. It stays when the page goes elsewhere. */
export async function addAuthenticator(page: Page, kind: AuthenticatorKind = {}): Promise<Authenticator> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: optionsOf(kind) })
  const credentials = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials
  const put = (credential: HeldCredential) => cdp.send('WebAuthn.addCredential', { authenticatorId, credential })

  return Object.freeze({
    credentials,
    put: async (credential) => void (await put(credential)),
    setSignCount: async (signCount, credentialId) => {
      const credential = theOne(await credentials(), credentialId)
      await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: credential.credentialId })
      await put({ ...credential, signCount })
    },
    setUserVerified: async (isUserVerified) =>
      void (await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })),
    clear: async () => void (await cdp.send('WebAuthn.clearCredentials', { authenticatorId })),
    unplug: async () => {
      await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
      await cdp.detach()
    },
  } satisfies Authenticator)
}

function optionsOf(kind: AuthenticatorKind) {
  return {
    protocol: 'ctap2',
    transport: kind.transport === 'hybrid' ? 'cable' : (kind.transport ?? 'internal'),
    hasResidentKey: kind.residentKey ?? kind.userVerification ?? true,
    hasUserVerification: kind.userVerification ?? true,
    isUserVerified: kind.userVerified ?? true,
    automaticPresenceSimulation: true,
    defaultBackupEligibility: kind.backupEligible ?? false,
    defaultBackupState: kind.backedUp ?? false,
  } as const
}

function theOne(credentials: readonly HeldCredential[], id: string | undefined): HeldCredential {
  const found = id === undefined ? credentials : credentials.filter(({ credentialId }) => credentialId === id)
  const [one] = found
  if (one === undefined || found.length > 1) throw new Error(`${found.length} credentials; name the one that is meant`)
  return one
}
