import { list, orNull, port, section, text } from '../fields.ts'

export const decisionsField = orNull(
  section(
    'A door for nginx, Envoy and other proxies that stay in front: they ask it whether a request may pass, on routes with `decisions: true`.',
    {
      port: port('Port of this door; 0 takes a free one. It speaks plain HTTP and belongs in a network of yours.', {
        default: 8082,
      }),
      callers: list(
        'Networks of the proxies that may ask. They are believed about who their client is and what it asks for; everybody else is refused.',
        text('An address or CIDR block.', { maxLength: 64, examples: ['10.0.0.0/8'] }),
        { minItems: 1, maxItems: 64 },
      ),
    },
  ),
)
