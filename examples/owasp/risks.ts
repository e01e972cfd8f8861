import { attacks as api1 } from './attacks/api1.ts'
import { attacks as api2 } from './attacks/api2.ts'
import { attacks as api3 } from './attacks/api3.ts'
import { attacks as api4 } from './attacks/api4.ts'
import { attacks as api5 } from './attacks/api5.ts'
import { attacks as api6 } from './attacks/api6.ts'
import { attacks as api7 } from './attacks/api7.ts'
import { attacks as api8 } from './attacks/api8.ts'
import { attacks as api9 } from './attacks/api9.ts'
import { attacks as api10 } from './attacks/api10.ts'
import type { Attack } from './door.ts'

export type Risk = { readonly risk: string; readonly title: string; readonly attacks: readonly Attack[] }

/** The OWASP API Security Top 10 of 2023. */
export const risks: readonly Risk[] = [
  { risk: 'API1', title: 'Broken object level authorization', attacks: api1 },
  { risk: 'API2', title: 'Broken authentication', attacks: api2 },
  { risk: 'API3', title: 'Broken object property level authorization', attacks: api3 },
  { risk: 'API4', title: 'Unrestricted resource consumption', attacks: api4 },
  { risk: 'API5', title: 'Broken function level authorization', attacks: api5 },
  { risk: 'API6', title: 'Unrestricted access to sensitive business flows', attacks: api6 },
  { risk: 'API7', title: 'Server side request forgery', attacks: api7 },
  { risk: 'API8', title: 'Security misconfiguration', attacks: api8 },
  { risk: 'API9', title: 'Improper inventory management', attacks: api9 },
  { risk: 'API10', title: 'Unsafe consumption of APIs', attacks: api10 },
]
