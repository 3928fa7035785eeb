// Two messages through splunk-logging, in one batch. Argument: an address.
const { Logger } = require('splunk-logging');

const logger = new Logger({ token: 'any-token', url: process.argv[2], batchInterval: 0, maxBatchCount: 2 });
logger.error = (error) => {
  console.error(String(error));
  process.exit(1);
};
logger.send({ message: { temperature: '70F' }, severity: 'info', metadata: { source: 'js', sourcetype: 'httpevent', index: 'main', host: 'h1' } });
logger.send({ message: 'second' }, (error, response, body) => {
  console.log(Buffer.isBuffer(body) ? body.toString() : JSON.stringify(body));
  process.exit(error ? 1 : 0);
});
