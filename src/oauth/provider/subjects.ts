import type { ProtocolServer } from './dispatcher.ts'
import { subjectOf } from './subject.ts'

/** What clients call people, for who compares it with what a client says. */
export function createSubjects({ current, shared }: Pick<ProtocolServer, 'current' | 'shared'>) {
  return async (clientId: string, personId: string): Promise<string> => {
    const client = await (await current()).Client.find(clientId)
    return client === undefined ? personId : subjectOf(shared, client, personId)
  }
}
