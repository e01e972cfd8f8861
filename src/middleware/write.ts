import type { ServerResponse } from 'node:http'
import type { Answer } from './visit.ts'

/** Writes an answer on node's own response. What others set on it stays, but what tells what runs here. */
export function writeAnswer(response: ServerResponse, { status, lines, body }: Answer): void {
  response.removeHeader('x-powered-by')
  response.writeHead(status, [...lines])
  response.end(body)
}
