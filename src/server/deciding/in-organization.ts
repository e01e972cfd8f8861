import { within } from '../../store/index.ts'

/**
 * Questions about an organization, each asked inside of it: whoever asks, be it the gateway, which works for all, or an
 * application, which works for none.
 */
export function inOrganization<A extends readonly unknown[], R>(
  ask: (organization: string, ...rest: A) => R,
): (organization: string, ...rest: A) => R {
  return (organization, ...rest) => within(organization, () => ask(organization, ...rest))
}
