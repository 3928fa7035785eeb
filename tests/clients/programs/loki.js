// Winston through winston-loki: protobuf in a snappy block as it is by default, then JSON. Argument: the server's address.
'use strict'
const winston = require('winston')
const LokiTransport = require('winston-loki')

async function send (name, options) {
  const transport = new LokiTransport({
    host: process.argv[2],
    labels: { app: name },
    basicAuth: 'user:any',
    onConnectionError: error => { console.error(String(error)); process.exit(1) },
    ...options
  })
  const logger = winston.createLogger({ level: 'debug', transports: [transport] })
  logger.info('plain message é', { step: 1 })
  logger.error({ message: 'labelled', labels: { model: 'fraud' } })
  await transport.flush()
  logger.close()
}

send('js-protobuf', {})
  .then(() => send('js-json', { json: true }))
  .then(() => process.exit(0))
