import 'reflect-metadata'
import { All, Controller, Get, Module, Put, Req, Res, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Request, Response } from 'express'
import { type GateOptions, type NestGuard, sallyport as nestGate } from '../../../src/nest.ts'
import { ASKED, type Door, echo, HOUR, RULES, told, toldOf } from './api.ts'

type Handler = (request: Request, response: Response) => void
type Route = readonly [verb: typeof Get, path: string, guards: readonly NestGuard[], handler: Handler]

/** The small API as a Nest application on Express. Its decorators are called as the functions that they are. */
export async function openNest(kind: string, options: GateOptions): Promise<Door> {
  const gate = nestGate(options)
  const known = gate.authenticate()
  const it: Handler = (_, response) => void response.end('it')
  const written: Handler = ({ body }, response) => void response.end(told(body))
  const sent: Handler = async (request, response) => void response.end(toldOf(await request.toArray()))
  const shown: Handler = (request, response) => {
    request.resume().on('end', () => response.end(echo(request, request.principal?.id)))
  }
  const app = await NestFactory.create(
    moduleOf([
      [Get, 'open', [gate.optional()], shown],
      [Get, 'forgotten', [gate.requireScopes('orders:read')], it],
      [Get, 'slow', [known], () => undefined],
      [Get, 'scoped', [known, gate.requireScopes('orders:write')], it],
      [Get, 'permitted', [known, gate.requirePermissions('keys:read')], it],
      [Get, 'limited', [known, gate.rateLimit(HOUR)], shown],
      [Get, 'browsers', [known], it],
      [Put, 'shaped/:id', [known, gate.shape(ASKED.shaped)], sent],
      [Put, 'described/:id', [known, gate.openapi(ASKED.described)], sent],
      [All, 'graphql', [known, gate.graphql(ASKED.graphql)], sent],
      [Put, 'papers/:id', [known, gate.body('papers')], written],
      [Put, 'stripped/:id', [known, gate.body('papers', { outside: 'strip' })], written],
      [Get, 'documents/:id', [known, gate.requireRelation(RULES.viewed)], it],
      [Get, 'told/:id', [known, gate.requireRelation(RULES.told)], it],
      [Get, 'search', [known, gate.requireRelation(RULES.searched)], it],
      [Get, 'unknown/:id', [known, gate.requireRelation(RULES.unknown)], it],
      [Get, 'orders/:id', [known, gate.requirePolicy(RULES.read)], it],
      [Get, 'orders', [known, gate.requirePolicy(RULES.listed)], it],
      [All, '{*rest}', [known], shown],
    ]),
    { logger: false, bodyParser: false, abortOnError: false, forceCloseConnections: true },
  )
  app.use('/browsers', gate.headers(), gate.cors(ASKED.cors))
  await app.listen(0, '127.0.0.1')
  return {
    name: `nest, ${kind}`,
    url: await app.getUrl(),
    close: async () => {
      await app.close()
      await gate.close()
    },
  }
}

/** A module with one controller that has these routes, in this order. */
export function moduleOf(routes: readonly Route[]): new () => object {
  class Api {}
  class App {}
  for (const [verb, path, guards, handler] of routes) {
    // Nest keeps what it knows of a route on the function, so that each needs its own.
    const value: Handler = (request, response) => handler(request, response)
    const descriptor = { value, configurable: true }
    Object.defineProperty(Api.prototype, path, descriptor)
    verb(path)(Api.prototype, path, descriptor)
    UseGuards(...guards)(Api.prototype, path, descriptor)
    Req()(Api.prototype, path, 0)
    Res()(Api.prototype, path, 1)
  }
  Controller()(Api)
  Module({ controllers: [Api] })(App)
  return App
}
