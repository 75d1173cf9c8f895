/**
 * bench/targets/processes/loopback-only — preloaded into rivals that listen on all interfaces without an option.
 */
const { Server } = require('node:net');

/** @type {Function} */
const listen = Reflect.get(Server.prototype, 'listen');
Server.prototype.listen = function listenOnLoopback(...args) {
  if (typeof args[0] === 'number' || /^\d+$/.test(args[0])) {
    const callback = args.find((argument) => typeof argument === 'function');
    return listen.call(this, { port: Number(args[0]), host: '127.0.0.1' }, callback);
  }
  if (typeof args[0] === 'object' && args[0] !== null && args[0].port !== undefined)
    args[0] = { ...args[0], host: '127.0.0.1' };
  return listen.apply(this, args);
};
