/**
 * The parts of a decision, in the order in which they are asked. One deny wins over all that allow; nothing that allows is
 * a deny. What cannot deny is not asked any more once something allowed, unless an explanation is wanted.
 */
export const ORDER = [
  {
    part: 'policy',
    denies: true,
    sentence: 'A `forbid` that applies denies, and so does a policy that could not be evaluated; a `permit` allows.',
  },
  {
    part: 'permission',
    denies: false,
    sentence:
      'A permission that is held allows: `type:action`, `type:action:id`, or `type:action:own` on what is theirs.',
  },
  {
    part: 'relation',
    denies: false,
    sentence: 'A relation called like the action allows, where the model of the organization has the type.',
  },
] as const satisfies readonly { part: string; denies: boolean; sentence: string }[]

export type Part = (typeof ORDER)[number]['part']
