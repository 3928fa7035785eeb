// winston through winston-sumologic-transport. Argument: the address of the HTTP source.
"use strict";
const winston = require("winston");
const { SumoLogic } = require("winston-sumologic-transport");

const transport = new SumoLogic({
  url: process.argv[2],
  customSourceCategory: "js/app",
  customSourceName: "winston",
  customSourceHost: "h1",
  interval: 50,
  onError: (error) => {
    console.error(error.message);
    process.exit(1);
  },
});
const logger = winston.createLogger({ transports: [transport] });
logger.info("temperature 70F", { model: "m1", latency: 12.5 });
logger.warn("second é\nline");
const timer = setInterval(() => {
  if (transport._waitingLogs.length === 0) {
    clearInterval(timer);
    process.exit(0);
  }
}, 50);
