/** A registered machine client. It owns keys; disabling it disables them. Times are milliseconds. */
export type Service = {
  readonly id: string
  readonly organization: string
  readonly name: string
  readonly description: string
  readonly enabled: boolean
  /** What its keys may carry at most: roles by name, and scopes and permissions beside them (row K9). */
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  /** E-mail addresses of those who are told about its keys. */
  readonly contacts: readonly string[]
  readonly createdAt: number
  readonly createdBy: string
  readonly changedAt: number
  readonly changedBy: string
  readonly version: number
}

/** The service that owns keys made without naming an owner. It is made when first needed. */
export const DEFAULT_SERVICE_NAME = 'default'

/** By what the name of a service is held that may not be there yet, so that of many who need it one registers it. */
export function nameToHold(name: string, organization: string): string {
  return `service ${name} of ${organization}`
}
