/** How a desk reaches its server: the two ways out, so that a simulation can stand in for the network. */
import { getGlobalDispatcher, type Dispatcher } from 'undici';
import { dialWebSocket, type Dial } from './socket.ts';

export interface Transport {
  readonly dial: Dial;
  /** Carries HTTP requests. */
  readonly dispatcher: () => Dispatcher;
}

export const systemTransport: Transport = { dial: dialWebSocket, dispatcher: getGlobalDispatcher };
