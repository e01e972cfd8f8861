/** A mistake in how a command was called. It ends the command with exit code 2. */
export class UsageError extends Error {}

/**
 * Opens something. What keeps it from opening (a port that is taken, a database that does not answer, a master key that
 * does not fit) is the operator's to mend, so it is said in a sentence and ends the command with exit code 2.
 */
export async function opened<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error
    throw new UsageError(sentenceOf(error), { cause: error })
  }
}

function sentenceOf(error: Error & { code?: string; address?: string; port?: number }): string {
  const { code, address, port, message } = error
  if (code === 'EADDRINUSE') {
    return `${address}:${port} is taken by another program. Stop it, or choose another port (SALLYPORT_CONTROL_PORT, SALLYPORT_GATEWAY_PORT).`
  }
  return message === '' ? `It could not be opened: ${code ?? error.name}` : message
}
