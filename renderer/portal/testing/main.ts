/** The portal over a server in memory. `?scene=` chooses its condition, for as long as the tab lives. */
import '../no-eval.ts';
import '../../ui/tokens.css';
import '../../ui/base.css';
import '../portal.css';
import { prefixOf } from '../nav/prefix.ts';
import { start } from '../start.ts';
import { createScene } from './scenes.ts';

const wanted = new URLSearchParams(window.location.search).get('scene');
const scene = wanted ?? window.sessionStorage.getItem('scene') ?? 'full';
window.sessionStorage.setItem('scene', scene);

const server = createScene(scene, prefixOf(window.location.pathname), Date.now());
start(window, server.fetch);
