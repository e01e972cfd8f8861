/** A registered machine client. It owns keys; disabling it disables them. Times are milliseconds. */
export type Service = {
  readonly id: string
  readonly organization: string
  readonly name: string
  readonly description: string
  readonly enabled: boolean
  readonly createdAt: number
  readonly createdBy: string
  readonly changedAt: number
  readonly changedBy: string
  readonly version: number
}

/** The service that owns keys made without naming an owner. It is made when first needed. */
export const DEFAULT_SERVICE_NAME = 'default'
