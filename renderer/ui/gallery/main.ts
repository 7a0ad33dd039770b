import { mount } from 'svelte';
import '../tokens.css';
import '../base.css';
import Gallery from './Gallery.svelte';

mount(Gallery, { target: document.body });
