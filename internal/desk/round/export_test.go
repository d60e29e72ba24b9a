package round

// Routes are all pages and deeds.
var Routes = routes
