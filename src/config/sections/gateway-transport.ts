import { list, orNull, section, text } from '../fields.ts'

export const proxyProtocolField = orNull(
  section(
    'The PROXY protocol (version 1 and 2), by which a balancer in front says who is behind it. null: it is not read.',
    {
      from: list(
        'Networks of those balancers. From there it must come first on every connection; from elsewhere it is not read.',
        text('An address or CIDR block.', { maxLength: 64, examples: ['10.0.0.0/8'] }),
        { minItems: 1, maxItems: 256 },
      ),
    },
  ),
)
