"""How deliveries talk to the outside: one folder for each contract with sellers' servers or clouds."""
