import type { EventTable } from '../../src/core/index.ts'
import { markdownTable } from './table.ts'

const HEAD = `# Events

You look at the record and want to know what a line says. This page has every type of event; it is generated from the
tables that the events are written by. How to search, export and verify them is in [audit.md](audit.md).

## What every event has

The fields are always the same; one that does not apply is \`null\`.

${markdownTable(
  ['field', 'what it is'],
  [
    ['`id`', '`evt_…`; later events have later ids'],
    ['`at`', 'when, ISO 8601'],
    ['`type`', 'what, as in the tables below'],
    ['`outcome`', '`success`, `denied` or `failure`'],
    ['`code`', 'why it was denied or failed: a code of [problems.md](problems.md)'],
    [
      '`principalKind`, `principal`',
      'who: `user` (a person), `service`, `operator` (a command on the local store), `system` (by itself), `anonymous`',
    ],
    ['`credential`', 'the id of the key that was used, never the key'],
    ['`organization`', 'whose'],
    ['`address`, `country`, `userAgent`', 'from where; the country where a database of them is configured'],
    ['`method`, `route`, `resource`', 'what was acted on: an id for a change, a path without its query for a request'],
    ['`status`, `duration`, `bytesIn`, `bytesOut`', 'how a request ended; the duration is in milliseconds'],
    ['`requestId`, `traceId`', 'the `X-Request-ID` of the request; traces are not written in this version'],
    ['`details`', 'what only this type has: the last column of the tables below'],
  ],
)}

\`code\` is the precise one even where the answer kept it back: a caller who sends an unknown key is told \`KEY_INVALID\`, the
event says \`KEY_NOT_FOUND\`.
`

/** `docs/events.md`: every type of event with its sentence and details, by noun. */
export function renderEventsDoc(tables: readonly EventTable[]): string {
  const all = tables.flatMap((table) => Object.entries(table))
  const nouns = [...new Set(all.map(([type]) => nounOf(type)))].sort()
  const sections = nouns.map((noun) => {
    const rows = all
      .filter(([type]) => nounOf(type) === noun)
      .map(([type, { sentence, details }]) => [`\`${type}\``, sentence, details.map((one) => `\`${one}\``).join(', ')])
    return `## ${noun}\n\n${markdownTable(['type', 'what happened', 'details'], rows)}\n`
  })
  return [HEAD, ...sections].join('\n')
}

function nounOf(type: string): string {
  return type.split('.', 1)[0] ?? type
}
