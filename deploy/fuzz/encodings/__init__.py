"""The same few pictures in every encoding that a camera, a converter or a bad cable makes of them."""
