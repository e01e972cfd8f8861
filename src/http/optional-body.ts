import type { FastifyRequest } from 'fastify'

/** For routes whose body may be left out: an absent body is an empty one, and is then checked like any other. */
export const optionalBody = {
  preValidation: async (request: FastifyRequest): Promise<void> => {
    request.body ??= {}
  },
}
